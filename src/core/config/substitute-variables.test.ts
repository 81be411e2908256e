import assert from 'node:assert/strict';
import { test } from 'node:test';
import { substituteVariables } from './substitute-variables.ts';

const ENV = { NAME: 'orders', EMPTY: '' };

test('variables, defaults and escapes', () => {
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['${NAME}', 'orders'],
    ['a-${NAME}-${NAME}', 'a-orders-orders'],
    ['${NONE:text}', 'text'],
    ['${NONE:-text}', 'text'],
    ['${NONE:}', ''],
    ['${EMPTY:text}', 'text'],
    ['${EMPTY}', ''],
    ['${URL:http://host:80/}', 'http://host:80/'],
    ['$${NAME}', '${NAME}'],
    ['5$', '5$'],
  ];
  for (const [given, value] of cases) assert.deepEqual(substituteVariables(given, ENV), { value }, given);
});

test('a variable that is not set is a problem, and so is what cannot be understood', () => {
  assert.deepEqual(substituteVariables('${NONE}', ENV), {
    problem: 'needs the environment variable NONE, which is not set',
  });
  assert.ok('problem' in substituteVariables('${not a name}', ENV));
});

test('what is put in is not looked at again', () => {
  assert.deepEqual(substituteVariables('${A}', { A: '${B}', B: 'never' }), { value: '${B}' });
});
