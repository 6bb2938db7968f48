/** A peer cannot run this block, or not in the time it has; the message tells why. */
export class PeerError extends Error {}
