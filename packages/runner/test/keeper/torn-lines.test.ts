import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const KEEPER = join(import.meta.dirname, "../../src/keeper");

/** A pipe with little room takes the first line and a part of the second, as a disk does that becomes full. */
const PROGRAM = `BEGIN { require "${KEEPER}/$_.pl" for qw(linux output keeper) }
  pipe my $out, my $in;
  fcntl $in, Linux::F_SETFL, Linux::O_WRONLY | Linux::O_NONBLOCK;
  my $full = syswrite $in, '-' x 1_000_000;
  sysread $out, my $room, 8192;
  my $keeper = { runs => $in, unwritten => [map { "\\n" . $_ x 5000 . "\\n" } qw(a b c)] };
  my @done = (Keeper::flush($keeper), Keeper::flush($keeper));
  sysread $out, my $filling, $full - 8192;
  push @done, Keeper::flush($keeper);
  sysread $out, my $written, 100_000;
  print join(' ', map { $_ || 0 } @done), "\\n", map { substr($_, 0, 1) . length . "\\n" } grep length, split /\\n/, $written;`;

it("a line that the disk took a part of is written again as a whole, and those before it are not", () => {
  const [done, ...lines] = execFileSync("perl", ["-we", PROGRAM], { encoding: "utf8" }).trim().split("\n");
  expect(done).toBe("0 0 1");
  expect(lines).toEqual(["a5000", expect.stringMatching(/^b\d+$/), "b5000", "c5000"]);
});
