export { usersEndpoints } from './endpoints.ts';
export { belongingsOf, findPerson, listNames, listPeople, type PersonRow } from './people.ts';
