"""Looking after patients: evidence from every domain, the signs in it, and the people who must hear of them."""
