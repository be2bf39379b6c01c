"""The demo clinic: invented people whose past and future are made by the product's own actions."""
