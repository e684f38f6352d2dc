// Run by init of a virtual machine, as root, with --test-reporter=tap: whether the package keeps its word on this kernel.
import './support.js'
import './enforcement.js'
import './missing-flag.js'
import './verify.js'
