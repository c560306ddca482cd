from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "myusa.demo"
    label = "demo"
