#!/usr/bin/env node
import { bootstrap } from '../scripts/bootstrap.mjs';

await bootstrap('bss', process.argv.slice(2));
