#ifndef SECCOMP_ADDON_AUDIT_H
#define SECCOMP_ADDON_AUDIT_H

namespace seccomp {

// A socket that receives every audit record as the kernel makes it, besides auditd; close-on-exec. A read waits for one
// record at most 200 ms (then -EAGAIN), so that whoever reads can be told to stop. The descriptor, or -errno: EPERM
// without CAP_AUDIT_READ, EPROTONOSUPPORT where the kernel has no audit.
long OpenAuditLog();

}  // namespace seccomp

#endif
