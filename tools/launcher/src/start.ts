// `npm start`: the stack on embedded storage, left running until Ctrl-C. Everything it decides stands in libs/local-stack.
import { endSentence, environmentOf, onInterrupt, portsFrom, StackFailure, startStack } from '@cambio/local-stack'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  const env = environmentOf(process.env)
  const stack = await startStack({ ports: portsFrom(env), dataDirectory: env['CAMBIO_DATA_DIR'] ?? '.cambio', env, say })
  const stop = (status: number): void => void stack.stop().then(() => process.exit(status))
  onInterrupt(
    () => {
      stop(0)
    },
    () => {
      stack.kill()
      process.exit(1)
    },
  )
  void stack.broken.then((end) => {
    process.stderr.write(`${endSentence(end)}\n`)
    stop(1)
  })

  say(`token-service  ${stack.urls['token-service']}   clients: POST /oauth2/token`)
  say(`idp-registry   ${stack.urls['idp-registry']}   administrators: /docs`)
  say(`applications   ${stack.urls.applications}   administrators and developers: /docs`)
  say(`data           ${stack.dataDirectory} (logs in ${stack.logDirectory})`)
  if (stack.firstStart) {
    say(`admin client   ${stack.admin.clientId}`)
    say(`admin secret   ${stack.admin.clientSecret}   (shown this once; kept in ${stack.dataDirectory}/admin.json)`)
  } else {
    say(`admin client   ${stack.admin.clientId} (its secret is in ${stack.dataDirectory}/admin.json)`)
  }
  say('ready')
} catch (error) {
  if (!(error instanceof StackFailure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
