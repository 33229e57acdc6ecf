// What `require('lambda-bulkhead')` gives: the same module that `import` gives.
'use strict';
module.exports = require('../index.js');
