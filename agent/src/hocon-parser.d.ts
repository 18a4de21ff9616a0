/** The package ships no types; only what `clearml-conf.ts` uses is described. */
declare module '@pushcorn/hocon-parser' {
  const parser: {
    /** Strict mode is plain HOCON, without the package's own extensions. Rejects on a syntax error. */
    parse(options: { text: string; strict: boolean }): Promise<Record<string, unknown>>;
  };
  export default parser;
}
