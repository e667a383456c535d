#include "reconciler/desired/merged_tree.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "reconciler/desired/git_repository.h"

namespace cemli {
namespace {

class MergedTree : public FileTree {
 public:
  explicit MergedTree(MergeSides sides) : sides_(std::move(sides)) {}

  Result<std::optional<std::string>> read(std::string_view path) const override {
    auto side = side_of(path);
    if (!side) return std::move(side).error();
    return *side != nullptr ? (*side)->read(path) : merge(path);
  }

  Result<std::optional<std::string>> id_of(std::string_view path) const override {
    auto side = side_of(path);
    if (!side) return std::move(side).error();
    return *side != nullptr ? (*side)->id_of(path) : FileTree::id_of(path);
  }

  Result<std::vector<std::string>> names_in(std::string_view folder) const override {
    auto ancestor = named_in(*sides_.ancestor, folder);
    if (!ancestor) return std::move(ancestor).error();
    auto base = named_in(*sides_.base, folder);
    if (!base) return std::move(base).error();
    auto head = named_in(*sides_.head, folder);
    if (!head) return std::move(head).error();
    std::set<std::string> all = *base;
    all.insert(head->begin(), head->end());
    std::vector<std::string> names;
    for (const std::string& name : all) {
      const bool is_untouched = base->contains(name) == ancestor->contains(name);
      if ((is_untouched ? *head : *base).contains(name)) names.push_back(name);
    }
    return names;
  }

  std::optional<std::string> commit() const override { return sides_.head->commit(); }

 private:
  /// The side whose file a merge takes as it is; null where both have changed it.
  [[nodiscard]] Result<const FileTree*> side_of(std::string_view path) const {
    auto ancestor = sides_.ancestor->id_of(path);
    if (!ancestor) return std::move(ancestor).error();
    auto base = sides_.base->id_of(path);
    if (!base) return std::move(base).error();
    auto head = sides_.head->id_of(path);
    if (!head) return std::move(head).error();
    if (*base == *ancestor || *base == *head) return sides_.head.get();
    if (*head == *ancestor) return sides_.base.get();
    return static_cast<const FileTree*>(nullptr);
  }

  [[nodiscard]] Result<std::optional<std::string>> merge(std::string_view path) const {
    auto ancestor = sides_.ancestor->read(path);
    if (!ancestor) return ancestor;
    auto base = sides_.base->read(path);
    if (!base) return base;
    auto head = sides_.head->read(path);
    if (!head) return head;
    if (!ancestor->has_value() || !base->has_value() || !head->has_value()) return conflict(path);
    auto merged = merge_texts(**ancestor, **base, **head);
    if (!merged) return merged;
    if (!merged->has_value()) return conflict(path);
    return merged;
  }

  static Result<std::set<std::string>> named_in(const FileTree& tree, std::string_view folder) {
    auto names = tree.names_in(folder);
    if (!names) return std::move(names).error();
    return std::set<std::string>(names->begin(), names->end());
  }

  [[nodiscard]] Error conflict(std::string_view path) const {
    return Error(ErrorCode::conflict,
                 fmt::format("'{}' was changed in {} and in {}, and the two do "
                             "not merge",
                             path, sides_.base->description(), sides_.head->description()))
        .with_hint(
            "merge the base into the request, or rebase it, and settle the difference there");
  }

  MergeSides sides_;
};

}  // namespace

std::unique_ptr<FileTree> make_merged_tree(MergeSides sides) {
  return std::make_unique<MergedTree>(std::move(sides));
}

}  // namespace cemli
