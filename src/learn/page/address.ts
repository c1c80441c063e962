export const lessonAddress = (lesson: number): string => `#learn/${lesson}`
