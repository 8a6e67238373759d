import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { programCommand } from "./subject.ts";

/** Waits for each text on the terminal, and then types what stands beside it. */
export type Typed = readonly (readonly [shown: string, keys: string])[];

/** A pseudo-terminal of 100 × 40 signs, by Python's standard library; prints what was shown, then the exit code. */
const DRIVER = `
import fcntl, json, os, pty, select, struct, sys, termios, time
steps, patience, command = json.loads(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
shown, seen, deadline = b"", 0, time.time() + patience
while time.time() < deadline:
    if steps and steps[0][0].encode() in shown[seen:]:
        seen = len(shown)
        # Prompts read keys only once they are drawn.
        time.sleep(0.3)
        os.write(fd, steps.pop(0)[1].encode())
    if select.select([fd], [], [], 0.1)[0]:
        try:
            read = os.read(fd, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
else:
    os.kill(pid, 9)
status = os.waitpid(pid, 0)[1]
print(json.dumps({"shown": shown.decode(errors="replace"), "code": os.waitstatus_to_exitcode(status), "left": len(steps)}))
`;

/** Why there is no pseudo-terminal here; undefined: there is. */
export const noTerminal = spawnSync("python3", ["-c", "import pty, termios"]).status === 0
  ? undefined
  : "needs Python 3 on a Unix";

/** Runs a command of the program as a person would, in a folder. `left`: steps that never came. */
export function runOnTerminal(
  args: readonly string[],
  typed: Typed,
  { folder, environment = {} }: { folder: string; environment?: Record<string, string> },
): Promise<{ shown: string; code: number; left: number }> {
  const child = spawn("python3", ["-c", DRIVER, JSON.stringify(typed), "30", ...programCommand(), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", TERM: "xterm-256color", ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  return new Promise((resolve, reject) =>
    child.on("close", () => {
      try {
        resolve(JSON.parse(stdout));
      } catch (cause) {
        reject(new Error(`The pseudo-terminal failed: ${stderr}`, { cause }));
      }
    })
  );
}
