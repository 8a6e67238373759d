import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** The machine's clock as one program sees it, to be set at will. */
export interface ClockShim {
  /** The tool that is missing for it; undefined: it works. */
  missing: string | undefined;
  /** For the program whose clock it is. */
  environment: Record<string, string>;
  /** Sets the clock by so many seconds off the true time. */
  jump(seconds: number): void;
}

/** A library before the system's own: what asks for the time of day gets it with the offset that a file holds. */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long offset(void) {
  const char *path = getenv("CLOCK_OFFSET_FILE");
  FILE *file = path ? fopen(path, "r") : NULL;
  long seconds = 0;
  if (!file) return 0;
  if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
  fclose(file);
  return seconds;
}
int clock_gettime(clockid_t id, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, now);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
  return result;
}
int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  int result = clock_gettime(CLOCK_REALTIME, &exact);
  if (result == 0 && now) *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
  return result;
}
`;

/** Builds it in a folder. Linux with a C compiler only. */
export function clockShim(folder: string): ClockShim {
  const [source, library, offset] = ["clock.c", "clock.so", "offset"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const jump = (seconds: number) => writeFileSync(offset, String(seconds));
  jump(0);
  writeFileSync(source, SOURCE);
  const built = process.platform === "linux" &&
    spawnSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl"]).status === 0;
  return {
    missing: built ? undefined : "needs Linux and a C compiler",
    environment: { LD_PRELOAD: library, CLOCK_OFFSET_FILE: offset },
    jump,
  };
}
