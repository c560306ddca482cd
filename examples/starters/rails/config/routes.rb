Rails.application.routes.draw do
  root "home#show"
  # docs: sign-in
  get "/auth/myusa/callback", to: "sessions#create"
  get "/auth/failure", to: "sessions#failure"
  delete "/sign-out", to: "sessions#destroy"
  # end
end
