/** The text of one script: vite.script.ts. */
declare module '*?script' {
  const code: string
  export default code
}
