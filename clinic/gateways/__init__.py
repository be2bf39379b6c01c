"""The outside world as ports and adapters: a folder is a port, a file in it is one provider."""
