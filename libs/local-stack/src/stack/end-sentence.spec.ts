import { describe, expect, it } from 'vitest'

import { endSentence } from './start-stack.js'

const ended = { name: 'applications', status: 1, signal: null, logFile: '/d/logs/applications.log' } as const
const logLine = '{"level":"info","message":"stopping"}'

describe('the sentence for a process that ended', () => {
  it('is what the service itself said beside its log lines', () => {
    expect(
      endSentence({ ...ended, lastLines: `${logLine}\nCAMBIO_PEPPER is required.\nNATS_URL must be a list of addresses.\n${logLine}` }),
    ).toBe('applications: CAMBIO_PEPPER is required.\nNATS_URL must be a list of addresses.')
  })

  it.each([
    ['a log line', logLine],
    ['nothing', ''],
    ['a stack trace', 'Error: boom\n    at run (node:internal/run:1:1)\n\nNode.js v24.21.0'],
    ['an error of the loader', "SyntaxError: The requested module './a.js' does not provide an export named 'b'\n    at x"],
  ])('says where to look when its last word was %s', (_what, lastLines) => {
    expect(endSentence({ ...ended, lastLines })).toBe('applications ended with status 1: see /d/logs/applications.log.')
  })

  it('names the signal', () => {
    expect(endSentence({ ...ended, status: null, signal: 'SIGKILL', lastLines: 'All is well.' })).toBe(
      'applications ended with SIGKILL: see /d/logs/applications.log.',
    )
  })
})
