// Runs the Yosys of the npm package @yowasp/yosys on rtl/ and prints its log; tools/timing.py calls it.
// usage: node timing.mjs FOLDER_OF_THE_PACKAGE RTL_FOLDER SCRIPT
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packageFolder, rtl, script] = process.argv.slice(2);
const { runYosys } = await import(pathToFileURL(join(packageFolder, 'gen', 'bundle.js')));

// The package sees no disk: the sources go in by name.
const files = {};
for (const name of readdirSync(rtl)) {
  if (/\.svh?$/.test(name)) files[name] = readFileSync(join(rtl, name), 'utf8');
}
const show = (bytes) => { if (bytes) process.stdout.write(bytes); };
try {
  await runYosys(['-p', script], files, { stdout: show, stderr: show });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
