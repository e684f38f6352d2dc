// A module that uses this package where no file can be opened.
const { drop, violations } = require('seccomp')
require('./drop-in-child.cjs')(drop, violations)
