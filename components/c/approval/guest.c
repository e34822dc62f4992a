#include "../allocator.h"
#include "approver.h"

/* Never called: somebody else writes the results. */
result_text_text export_approval_approve(text order) {
  (void)order;
  __builtin_trap();
}
