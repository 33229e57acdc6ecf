// What `require('lambda-bulkhead/snapstart')` gives: the same module that `import` gives.
'use strict';
module.exports = require('../snapstart.js');
