/** The part of the WebAssembly JavaScript interface in use: Node's types leave it to the browser's, which are not in. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;

  class Memory {
    constructor(descriptor: { readonly initial: number });
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  }

  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, () => unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
