import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortenObject, shortenSymbol } from './symbol.ts';

test('symbols without arguments', () => {
  const check = (symbol: string, want: string) => assert.equal(shortenSymbol(symbol, 60), want);
  check('main', 'main');
  check(
    'std::vector<int, std::allocator<int> >::push_back(int const&)',
    'std::vector<…>::push_back',
  );
  check('Shop::pay(std::string, char const*) const [clone .cold]', 'Shop::pay');
  check(
    'v8::internal::(anonymous namespace)::Invoke',
    'v8::internal::(anonymous namespace)::Invoke',
  );
  check('Less::operator()(int, int) const', 'Less::operator()');
  check('operator<<(std::ostream&, Card const&)', 'operator<<');
  check('Box::operator->()', 'Box::operator->');
  check('f<(x)->y>::g(int)', 'f<…>::g');
  check('ext4_find.isra.0', 'ext4_find');
  check('walk.constprop.1.cold', 'walk');
  check('core::ptr::drop::h0123456789abcdef', 'core::ptr::drop');
  check('<T as Shop>::pay', '<T as Shop>::pay');
  check('JS:*hotNode file:///srv/shop/server.js:12:3', 'JS:hotNode server.js:12:3');
  check('JS:~handle /srv/shop/server.js:12:3', 'JS:handle server.js:12:3');
  check('JS:* file:///srv/shop/server.js:1:1', 'JS: server.js:1:1');
  check('JS:<anonymous>', 'JS:<anonymous>');
  check('Ljava/util/HashMap;::get(Ljava/lang/Object;)', 'Ljava/util/HashMap;::get');
  check('[unknown]', '[unknown]');
});

test('whatever a process writes into its map, the name is bounded, printable and there', () => {
  assert.equal(shortenSymbol('x'.repeat(500), 20), `${'x'.repeat(19)}…`);
  assert.equal(shortenSymbol('a\u0000b\u001b[31m\u202e\uE0000\uE001', 60), 'a b [31m  0');
  for (const symbol of ['', '(', '()', '   ', '(secret, arguments)']) {
    assert.equal(shortenSymbol(symbol, 60), '[unknown]', symbol);
  }
  assert.equal(shortenSymbol('a<<<<<', 60), 'a<…>');
  assert.equal(shortenSymbol('a>>>', 60), 'a>>>');
  assert.equal(shortenSymbol('<script>alert(1)</script>', 60), '<script>alert');
});

test('objects by their name', () => {
  const check = (object: string, want: string) => assert.equal(shortenObject(object), want);
  check('/usr/lib/x86_64-linux-gnu/libc.so.6', 'libc.so.6');
  check('/usr/bin/node (deleted)', 'node');
  check('[kernel.kallsyms]', '[kernel]');
  check('/usr/lib/debug/boot/vmlinux-6.1', '[kernel]');
  check('[nf_conntrack]', '[nf_conntrack]');
  check('/tmp/perf-20201.map', '[jit]');
  check('/home/x/.debug/jit/jitted-12-3.so', '[jit]');
  check('//anon', '[anon]');
  check('[vdso]', '[vdso]');
  check('', '[unknown]');
  check('/tmp/', '[unknown]');
  assert.equal(shortenObject(`/${'y'.repeat(300)}`).length, 64);
});
