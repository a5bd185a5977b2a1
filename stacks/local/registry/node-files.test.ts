import { expect, test } from 'vitest'
import { parseLdd } from './node-files.ts'

test('libraries and the loader are read from the answer of ldd, what the kernel brings is not', () => {
  const text = `\tlinux-vdso.so.1 (0x00007ffd0b1f2000)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0e6e0a1000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0e6dec0000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f0e6e193000)
`
  expect(parseLdd(text)).toEqual([
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib/x86_64-linux-gnu/libm.so.6',
    '/lib64/ld-linux-x86-64.so.2',
  ])
})

test('a library that is not installed is named', () => {
  expect(() => parseLdd('\tlibatomic.so.1 => not found\n')).toThrow('libatomic.so.1')
})
