/** A kind of machine that a release has a file for. */
export interface ReleaseTarget {
  /** Such as `linux-x64`: in the archive's name, and what the install script looks for. */
  name: string;
  /** What `bun build --target` calls it. */
  bun: string;
  /** The package that holds its runtime, and where. */
  package: string;
  executable: string;
  /** Of that executable: whatever the way it came, nothing else is built upon. */
  sha256: string;
  archive: "tar.gz" | "zip";
}

/** The runtime's version: bytes depend on it, so a release is built by this one alone. */
export const BUN_VERSION = "1.4.5";

const posix = (name: string, bun: string, sha256: string): ReleaseTarget => {
  const runtime = bun.replace("arm64", "aarch64");
  return { name, bun, package: `@oven/${runtime}`, executable: "bin/bun", sha256, archive: "tar.gz" };
};

export const TARGETS: readonly ReleaseTarget[] = [
  posix("linux-x64", "bun-linux-x64", "f05d28a3862f4b84395c7fa32480b835dd47482e80b7e7a49a115227f0c06083"),
  posix("linux-arm64", "bun-linux-arm64", "04778f1f42399a69d086853e9c7af4acf574b2f21a43d0dc673853d8b84a2923"),
  posix("linux-x64-musl", "bun-linux-x64-musl", "cf5d285ddbe256785a5121a3c113191a6b577504976374c7cfd5aedca609b720"),
  posix("linux-arm64-musl", "bun-linux-arm64-musl", "9c48986093073afec8b76a3e285303598dd2462f52748aecb65e4d94866e1ea3"),
  posix("macos-arm64", "bun-darwin-arm64", "e2984124f1514e1e6bbda20adedbf07a02c443c6a5828853a15c7c7abf78e19f"),
  posix("macos-x64", "bun-darwin-x64", "88f97645b270aef20f9f9442f1658461cab3e7128e658af4615144e3396f084a"),
  {
    ...posix("windows-x64", "bun-windows-x64", "e06ad0864463c68892ae71a2a64af7eae1585cac5dd9b80bc042f45605587cb1"),
    executable: "bin/bun.exe",
    archive: "zip",
  },
];
