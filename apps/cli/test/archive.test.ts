import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { ArchiveError, readArchive } from "@heddle/cli";

/** Three files, one with a path over 100 bytes (GNU's long name), packed with xz. */
const GNU_ARCHIVE =
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ANddADCLvBunjDRE4cIHdej848CSZS+oZztBv/do1GwP4SklnidT51sXoC0/" +
  "iD4Hq0VWZ41BBVyYCftB4Em8ywShHoTON9uwxe63t/7SITb2fXDk3XzDYu86/iQNo9URN53oa0zajCmN6cUWCOcGZaGJj5iG" +
  "3z6AhqmJOZMMaADJWiap9I8lr+m5B3Rqq3pIdpn1boHTQt6CaXH1XRkdCSCyg4bRQt0e2iy5dZtTA759d/m4BVemeDupnsYf" +
  "LdRKK9CjmSMhduXINRldZpSmvPdBwUBb2v0rl84gAABv0RTrjqxetgAB8wGAUAAAUQ7W7LHEZ/sCAAAAAARZWg==";
/** The same with a pax header. */
const PAX_ARCHIVE =
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/APldADCLvBunjDRE4cIHdej848CShFlwYZdGM9R4wNQ5faDNFTCDyhHyXy3D" +
  "sbvLDlOaGh3HrSxDtwDfZlKfW0wXDTh19r2IL3T1527eu0qaF/NamOERYAsRVVg0YJRT8fOvMNGbjkulsFsAsE/dkHL6Ce62" +
  "nXzUf7n+nQ8os56O2Rfc7zLb9mRRPvpbPs10cFW/Z+t4jGZc5zQBoOh78NrtVA2nunEEzPZ7tcNYYetPlai+IQZyRI0tXZIi" +
  "Cl6rKqWPVd1kJK+VO2qjnOBsivmeOCyUBTSMfLgR/QhovtJ1w1revvoQ6BDaAsdIV20v7Q0J6SlSpkQCGUsCOgAAAAC/Gv3w" +
  "EmCTvAABlQKAUAAAxpjbdbHEZ/sCAAAAAARZWg==";

const LONG_NAME = `a/${"long-".repeat(30)}/file.json`;

function write(name: string, bytes: Uint8Array): string {
  const file = join(mkdtempSync(join(tmpdir(), "heddle-archive-")), name);
  writeFileSync(file, bytes);
  return file;
}

async function contents(file: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { path, bytes } of readArchive(file)) files[path] = new TextDecoder().decode(bytes);
  return files;
}

for (const [format, archive] of [
  ["GNU", GNU_ARCHIVE],
  ["pax", PAX_ARCHIVE],
] as const) {
  test(`a ${format} archive gives its files in order, long paths included`, async () => {
    const files = await contents(write("x.tar.xz", Buffer.from(archive, "base64")));
    assert.deepEqual(files, {
      [LONG_NAME]: "deep",
      "a/one.json": '{"number":1}',
      "a/two.txt": "second file\n",
    });
    assert.deepEqual(Object.keys(files), [LONG_NAME, "a/one.json", "a/two.txt"]);
  });
}

test("the bytes read so far are told, up to the size of the file", async () => {
  const bytes = Buffer.from(GNU_ARCHIVE, "base64");
  const seen: number[] = [];
  for await (const _ of readArchive(write("x.tar.xz", bytes), (read) => seen.push(read))) {
    // Only the progress is of interest.
  }
  assert.equal(seen.at(-1), bytes.length);
});

test("an archive that is cut off is an error that names the file", async () => {
  const bytes = Buffer.from(GNU_ARCHIVE, "base64");
  const file = write("cut.tar.xz", bytes.subarray(0, bytes.length - 60));
  await assert.rejects(contents(file), (error: unknown) => {
    assert.ok(error instanceof ArchiveError);
    assert.ok(error.message.startsWith(file));
    return true;
  });
});

test("bytes that are no archive, and a file that is not there, are errors", async () => {
  await assert.rejects(contents(write("noise.tar.xz", Buffer.from("not xz at all"))), ArchiveError);
  await assert.rejects(contents("/does/not/exist.tar.xz"), /does not exist/);
});

test("an archive left half way is let go of", async () => {
  const file = write("x.tar.xz", Buffer.from(GNU_ARCHIVE, "base64"));
  for await (const { path } of readArchive(file)) {
    assert.equal(path, LONG_NAME);
    break;
  }
});
