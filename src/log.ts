/** Levels in order, the most talkative first. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What goes beside a message. Never keys, never prompt text. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** How a line is written: as JSON for programs, or for people who look at a terminal. */
export type LogStyle = "json" | "pretty";

/** One line a message, to `write`; lines below `level` cost nothing but the call. */
export function createLog(level: LogLevel, write: (line: string) => void, style: LogStyle = "json"): Log {
  const least = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => {
    if (LOG_LEVELS.indexOf(name) < least) return () => {};
    return (message: string, fields?: LogFields) =>
      write(`${lineOf[style]({ time: new Date().toISOString(), level: name, message, ...fields })}\n`);
  };
  return { debug: at("DEBUG"), info: at("INFO"), warning: at("WARNING"), error: at("ERROR") };
}

interface Line extends LogFields {
  time: string;
  level: LogLevel;
  message: string;
}

const lineOf: Record<LogStyle, (line: Line) => string> = {
  json: (line) => JSON.stringify(line),
  pretty: ({ time, level, message, ...fields }) => {
    const said = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
    const words = said.map(([name, value]) =>
      `${name}=${/^[\w./:-]+$/.test(String(value)) ? value : JSON.stringify(value)}`
    );
    return [time.slice(11, 19), level.padEnd(7), message, ...words].join(" ");
  },
};
