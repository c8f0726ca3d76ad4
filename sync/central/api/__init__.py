"""The service's HTTP side: routes, frames and statuses."""
