// A handler that tries to get out: each attempt is a piece of code, and its outcome a value or the code of an error.
'use strict';
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');

function outcome(code) {
  try {
    return new Function('fs', 'spawnSync', `return ${code}`)(fs, spawnSync) ?? null;
  } catch (error) {
    return error.code ?? String(error);
  }
}

exports.tries = async (event) => Object.fromEntries(
  Object.entries(event).map(([name, code]) => [name, outcome(code)]),
);
