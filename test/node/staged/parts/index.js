module.exports = { exists: require('node:fs').existsSync(__filename) }
