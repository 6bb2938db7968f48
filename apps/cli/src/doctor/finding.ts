// What one check found.

export interface Finding {
  /** What was looked at, such as "Memory". */
  subject: string;
  /** "poor": it works, but not well. */
  state: "good" | "poor" | "bad";
  /** What is there. */
  met: string;
  /** What to do where it is not good. */
  advice?: string;
}

export const good = (subject: string, met: string): Finding => ({ subject, state: "good", met });
export const poor = (subject: string, met: string, advice: string): Finding => ({
  subject,
  state: "poor",
  met,
  advice,
});
export const bad = (subject: string, met: string, advice: string): Finding => ({
  subject,
  state: "bad",
  met,
  advice,
});
