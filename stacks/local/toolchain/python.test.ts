import { expect, test } from 'vitest'
import { findPython, pythonInstallCommand } from './python.ts'

test('the command that installs it is that of the system', () => {
  expect(pythonInstallCommand('ID=debian\n')).toBe('sudo apt-get install -y python3-venv')
  expect(pythonInstallCommand('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toContain('apt-get')
  expect(pythonInstallCommand('ID=unheard\n')).toContain('venv')
})

test('a machine without Python has none', async () => {
  expect(await findPython({ PATH: '/nowhere' })).toBeUndefined()
})
