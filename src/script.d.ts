/** The text of one script: vite.script.ts. */
declare module '*?script' {
  const code: string
  export default code
}

/** The text of a file. */
declare module '*?raw' {
  const text: string
  export default text
}
