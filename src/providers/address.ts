/** A path or address without the slashes at its end. */
export function withoutSlashes(address: string): string {
  let end = address.length;
  while (address[end - 1] === "/") end--;
  return address.slice(0, end);
}

/** A named provider's address with an empty path gets the vendor's path; any other path is used as typed. */
export function withVendorPath(url: URL, typed: string, vendor: string | undefined): string {
  if (vendor === undefined) return typed;
  const path = withoutSlashes(url.pathname);
  const vendorPath = withoutSlashes(new URL(vendor).pathname);
  return `${url.origin}${path === "" ? vendorPath : path}${url.search}`;
}
