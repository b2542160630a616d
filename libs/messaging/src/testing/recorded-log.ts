import { type MessagingLog } from '../message-log.js'

/** A logger that keeps its lines, so that a test can look for what must (not) be in them. */
export class RecordedLog implements MessagingLog {
  readonly lines: { readonly level: 'info' | 'warn' | 'error'; readonly fields: object; readonly message: string }[] = []

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', fields, message })
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', fields, message })
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', fields, message })
  }

  get text(): string {
    return JSON.stringify(this.lines)
  }
}
