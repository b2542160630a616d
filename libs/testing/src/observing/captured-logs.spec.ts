import { expect, it } from 'vitest'

import { captureLogs } from './captured-logs.js'
import { secretScan } from './secret-scan.js'

it('captured logs keep level and arguments, and show what hides in objects', () => {
  const logs = captureLogs()
  logs.logger.info({ requestId: 'r1' }, 'exchanged')
  logs.logger.log('started')
  const error = Object.defineProperty(new Error('refused', { cause: { token: 'hidden-in-cause' } }), 'extra', {
    value: 'hidden-property',
    enumerable: false,
  })
  logs.logger.error(error)
  expect(logs.lines.map((line) => line.level)).toEqual(['info', 'info', 'error'])
  expect(logs.at('info')[0]?.args).toEqual([{ requestId: 'r1' }, 'exchanged'])
  expect(secretScan(logs.text(), ['hidden-in-cause', 'hidden-property', 'exchanged', 'not-there'])).toEqual([
    { index: 0, form: 'plain' },
    { index: 1, form: 'plain' },
    { index: 2, form: 'plain' },
  ])
  logs.clear()
  expect(logs.text()).toBe('')
})
