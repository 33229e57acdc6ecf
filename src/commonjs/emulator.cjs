// What `require('lambda-bulkhead/emulator')` gives: the same module that `import` gives.
'use strict';
module.exports = require('../emulator/emulator.js');
