// `lambda-bulkhead/types` has types only; what imports it finds a module all the same.
'use strict';
