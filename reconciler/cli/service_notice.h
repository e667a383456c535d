#pragma once

#include <string_view>

namespace cemli {

/// Tells the service manager that started this process how it is: `READY=1`, `STATUS=…`,
/// `STOPPING=1` (sd_notify(3)). Does nothing where there is none, and never fails.
void tell_service_manager(std::string_view state);

}  // namespace cemli
