// CommonJS of several files: by name, from a folder, as JSON, late, absent, and by a name that is put together.
const part = require('./part.cjs')
const data = require('./parts/data.json')

const attempt = (use) => {
  try {
    return use()
  } catch (error) {
    return error.code
  }
}
const found = {
  main: require.main === module,
  part,
  data,
  later: attempt(() => require('./parts/index.js')),
  absent: attempt(() => require('./nowhere')),
  unnamed: attempt(() => require(['.', 'late.mjs'].join('/'))),
}
process.send(found, () => process.disconnect())
