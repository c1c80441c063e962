/** Watches the memories that WebAssembly modules make from now on: import before the engine. */
const memories: WebAssembly.Memory[] = []

WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(target, [descriptor]: [WebAssembly.MemoryDescriptor]) {
    const memory = new target(descriptor)
    memories.push(memory)
    return memory
  },
})

/** Megabytes that WebAssembly has taken; it never gives any back, so this is the most it ever needed. */
export const wasmMegabytes = (): number => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) / 1e6

/** Megabytes of the whole process at its highest. */
export const peakMegabytes = (): number => process.resourceUsage().maxRSS / 1e3
