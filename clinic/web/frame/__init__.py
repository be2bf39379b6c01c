"""What every page stands on: policies, headers, forms, errors, language and display."""
