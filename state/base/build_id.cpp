#include "state/base/build_id.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace cemli {
namespace {

/// The description of the note of this type among the notes of a segment; empty where there is
/// none.
std::string_view find_note(std::string_view notes, std::string_view owner, ElfW(Word) type) {
  const auto padded = [](std::size_t size) { return (size + 3) / 4 * 4; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header{};
    std::memcpy(&header, notes.data(), sizeof(header));
    notes.remove_prefix(sizeof(header));
    const std::size_t name = padded(header.n_namesz);
    if (notes.size() < name + header.n_descsz) return {};
    if (header.n_type == type && notes.starts_with(owner))
      return notes.substr(name, header.n_descsz);
    notes.remove_prefix(std::min(notes.size(), name + padded(header.n_descsz)));
  }
  return {};
}

/// Told of the program first, and then of its libraries.
int take_build_id(dl_phdr_info* object, std::size_t /*size*/, void* id) {
  using namespace std::string_view_literals;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const std::string_view notes(reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr),
                                 segment.p_memsz);
    for (const char byte : find_note(notes, "GNU\0"sv, NT_GNU_BUILD_ID))
      *static_cast<std::string*>(id) += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  ::dl_iterate_phdr(take_build_id, &id);
  return id;
}

}  // namespace cemli
