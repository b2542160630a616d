import { anAdminToken } from '../testing/admin-tokens.js'
import { secretScan, TEST_CLIENT_SECRET } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { Secret } from '../configuration/secret.js'
import { createLog, type Log } from './logger.js'
import { NestLog } from './nest-log.js'
import { requestContext } from './request-context.js'

function aLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  return { log: createLog({ service: 'sample', level: 'info', write: (line) => lines.push(line) }), lines }
}

const read = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '') as Record<string, unknown>

describe('the log', () => {
  it('writes one line of JSON with level, time, service and message', () => {
    const { log, lines } = aLog()
    log.info({ kind: 'apis', count: 3 }, 'done')
    expect(read(lines[0])).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      service: 'sample',
      kind: 'apis',
      count: 3,
      msg: 'done',
    })
    expect(lines).toHaveLength(1)
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = aLog()
    log.debug({}, 'unimportant')
    expect(lines).toEqual([])
  })

  it('carries the id of the request that it is written for', () => {
    const { log, lines } = aLog()
    requestContext.run({ requestId: 'req_1' }, () => {
      log.warn({}, 'inside')
    })
    log.warn({}, 'outside')
    expect(lines.map((line) => read(line)['requestId'])).toEqual(['req_1', undefined])
  })

  it('never shows a token or secret, wherever it stands (TE-19)', () => {
    const { log, lines } = aLog()
    const token = anAdminToken()
    const error = Object.assign(new Error(`cannot verify ${token}`, { cause: new Error(`tried ${TEST_CLIENT_SECRET}`) }), {
      config: { headers: { authorization: `Bearer ${token}` } },
    })
    log.error({ error, note: `Authorization: Basic ${Buffer.from(`client:${TEST_CLIENT_SECRET}`).toString('base64')}` }, `got ${token}`)
    log.error({ url: `mongodb://admin:${TEST_CLIENT_SECRET}@host/`, query: 'x=1', path: `/token?subject_token=${token}&x=1` }, 'driver')
    log.error(
      {
        [TEST_CLIENT_SECRET]: 1,
        deep: { Authorization: 'plain-password-1', client_secret: 'plain-password-2', list: [{ token: 'plain-password-3' }] },
      },
      'nested',
    )
    log.error(
      { pepper: new Secret('plain-password-4'), key: new Secret('plain-password-5'), bytes: Buffer.from('plain-password-6') },
      'wrapped',
    )
    const plain = [1, 2, 3, 4, 5, 6].map((digit) => `plain-password-${digit}`)
    expect(secretScan(lines.join(''), [token, TEST_CLIENT_SECRET, ...plain])).toEqual([])
    expect(read(lines[0])['error']).toMatchObject({ type: 'Error', message: 'cannot verify [token]', cause: { message: 'tried [secret]' } })
  })

  it('keeps one entry on one line, whatever it holds', () => {
    const { log, lines } = aLog()
    log.info({ name: 'a\r\n{"level":"error","msg":"forged"}' }, 'first\nsecond')
    expect(lines.join('').match(/\n/g)).toHaveLength(1)
  })

  it('survives values that have no JSON', () => {
    const { log, lines } = aLog()
    const circle: Record<string, unknown> = { big: 10n }
    circle['self'] = circle
    log.info({ circle }, 'odd')
    expect(read(lines[0])).toMatchObject({ msg: 'odd', circle: { big: '10' } })
  })
})

describe('the log of Nest', () => {
  it('takes messages with context, objects and errors', () => {
    const { log, lines } = aLog()
    const nest = new NestLog(log)
    nest.log('routine', 'Router')
    nest.warn('odd', 'Router')
    nest.error({ subject: 'cambio.rpc.x', reason: 'Error: no' }, 'the stack', 'rpc')
    nest.error(new Error('broken'), 'Runner')
    expect(lines.map(read)).toEqual([
      expect.objectContaining({ level: 'warn', context: 'Router', msg: 'odd' }),
      expect.objectContaining({
        level: 'error',
        context: 'rpc',
        subject: 'cambio.rpc.x',
        reason: 'Error: no',
        stack: 'the stack',
        msg: 'rpc',
      }),
      expect.objectContaining({
        level: 'error',
        context: 'Runner',
        msg: 'broken',
        error: expect.objectContaining({ message: 'broken' }) as object,
      }),
    ])
  })
})
