/** The part of picomatch that selectors use; the package brings no types of its own. */
declare module "picomatch" {
  interface Options {
    dot?: boolean;
    nonegate?: boolean;
    strictBrackets?: boolean;
    windows?: boolean;
  }
  const picomatch: {
    /** Throws on unbalanced brackets under `strictBrackets`. */
    makeRe(pattern: string, options?: Options): RegExp;
    scan(pattern: string, options?: Options): { readonly isGlob: boolean };
  };
  export default picomatch;
}
