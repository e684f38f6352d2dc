import fc from 'fast-check'

/**
 * The same cases in every run of `npm test`: what fails is the change, not the day's luck. `npm run fuzz` looks for new
 * ones, with a seed that it prints (SECCOMP_SEED repeats it).
 */
fc.configureGlobal({ seed: Number(process.env['SECCOMP_SEED'] ?? 20_261_122) })
