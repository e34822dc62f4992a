/** WIT names as JavaScript has them: `http-get` is `httpGet`. */
export function jsName(witName: string): string {
  const [first = "", ...rest] = witName.toLowerCase().split("-");
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

/** The name under which a module exports what an interface wants: `inventory` for `shop:checkout/inventory@1.0.0`. */
export function moduleExport(interfaceName: string): string {
  return jsName(interfaceName.replace(/^.*\//, "").replace(/@.*$/, ""));
}
