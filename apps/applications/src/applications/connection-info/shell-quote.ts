/**
 * A word of a POSIX shell, in single quotes: nothing inside is read by the shell, whoever chose it. A single quote is
 * written by ending the quotes, escaping it, and beginning them again.
 */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
