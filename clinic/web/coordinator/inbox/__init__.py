"""The coordinators' inbox: conversations with phones, read, assigned and answered."""

from clinic.web.coordinator.inbox import caring, conversation, drafting, linking, listing, owning, replying

__all__ = ["caring", "conversation", "drafting", "linking", "listing", "owning", "replying"]
