// gql.tada: the schema as a type, against which TypeScript itself reads documents.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kind, parse, print, visit } from 'graphql';
import { SAMPLES, SCHEMA, compile, documents, runPackage, workspace } from './workspace.mjs';

/** The documents as an application writes them for gql.tada: each definition a constant, given the fragments that it spreads. */
function asModule(texts) {
  const definitions = texts.flatMap((text) => parse(text).definitions);
  const written = [];
  const seen = new Set();
  const write = (definition) => {
    if (seen.has(definition)) return;
    seen.add(definition);
    const spread = new Set();
    visit(definition, { [Kind.FRAGMENT_SPREAD]: (node) => { spread.add(node.name.value); } });
    // A fragment comes before whoever spreads it.
    for (const name of spread) write(definitions.find((one) => one.name.value === name));
    const fragments = spread.size > 0 ? `, [${[...spread].join(', ')}]` : '';
    written.push(`export const ${definition.name.value} = graphql(\`\n${print(definition)}\n\`${fragments});\n`);
  };
  definitions.forEach(write);
  return `import { graphql } from './graphql';\n\n${written.join('\n')}`;
}

test('gql.tada reads documents against the schema', async (t) => {
  const folder = await workspace(t);
  const plugins = [{ name: 'gql.tada/ts-plugin', schema: SCHEMA, tadaOutputLocation: './graphql-env.d.ts' }];
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, plugins } }));
  await runPackage('gql.tada', ['generate-output'], { cwd: folder });
  await writeFile(join(folder, 'documents.ts'), asModule([...(await documents()).values()]));
  await copyFile(join(SAMPLES, 'gql-tada-client.ts'), join(folder, 'graphql.ts'));
  await copyFile(join(SAMPLES, 'gql-tada.ts'), join(folder, 'sample.ts'));
  await copyFile(join(SAMPLES, 'same.ts'), join(folder, 'same.ts'));

  await t.test('its types are those that an application expects', async () => {
    await compile(folder, { plugins });
  });

  await t.test('its own check finds a field that there is not, and nothing else', async () => {
    const wrong = "import { graphql } from './graphql';\nexport const wrong = graphql(`query Wrong { viewer { shoeSize } }`);\n";
    await writeFile(join(folder, 'wrong.ts'), wrong);
    const { message } = await runPackage('gql.tada', ['check', '--level', 'error'], { cwd: folder })
      .then(() => assert.fail('nothing was found'), (failure) => failure);
    assert.match(message, /Cannot query field "shoeSize" on type "User"/);
    assert.equal(message.match(/\terror\t/g).length, 1, message);
  });
});
